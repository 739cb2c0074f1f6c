"""Tables of the package, for migrations."""

from kit.migrating import app_config

APP_CONFIG = app_config("inventory", after=["catalog.piccolo_app"])
