"""The WSGI application as `manage.py up` serves it: it ends when the server process that started it does."""

from django.core.servers.basehttp import get_internal_wsgi_application

from runtime.processes import die_with_parent

# The web server's workers are not our children but its own.
die_with_parent()

application = get_internal_wsgi_application()
