"""Tables of the package, for migrations."""

from kit.migrating import app_config

APP_CONFIG = app_config("directory", after=["kit.piccolo_app"])
