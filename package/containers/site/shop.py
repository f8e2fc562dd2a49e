# A site of Django in one file: counts its visits in PostgreSQL. It stands for your own, and is its own
# manage.py: python3 shop.py migrate.
import sys

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="for a demonstration only",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "www-data",
        "HOST": "/run/postgresql",
    }},
)
django.setup()

from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path


def visit(request):
    visits = request.session.get("visits", 0) + 1
    request.session["visits"] = visits
    return HttpResponse(f"visit {visits}\n")


urlpatterns = [path("", visit)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
else:
    application = get_wsgi_application()
