"""Where Piccolo finds the engine and the packages (`PICCOLO_CONF=app.piccolo_conf`)."""

from piccolo.conf.apps import AppRegistry

from kit.database import engine
from kit.migrating import PACKAGES

DB = engine()
APP_REGISTRY = AppRegistry(apps=[f"{package}.piccolo_app" for package in PACKAGES])
