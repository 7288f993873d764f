"""A service in middleware alone, as those have it who serve more than it."""

from processes import Types
from pywps import Service
from werkzeug.middleware.proxy_fix import ProxyFix


def create():
    return Service([Types()])


application = ProxyFix(ProxyFix(create()))
