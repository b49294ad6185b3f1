"""Services outside of the shop: asked before any transaction, for a bounded time, and never trusted."""

from core.outside.configured import ServiceConfig as ServiceConfig
from core.outside.configured import service_named as service_named
from core.outside.configured import service_of as service_of
from core.outside.configured import service_path as service_path
from core.outside.http import JsonEndpoint as JsonEndpoint
from core.outside.services import Call as Call
from core.outside.services import Failure as Failure
from core.outside.services import ServiceFailed as ServiceFailed
from core.outside.services import ask_all as ask_all
