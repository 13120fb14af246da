"""What a page costs in Django as `startproject` sets it up, with a view that has the bytes ready. A WSGI callable."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import condition

from .bare_wsgi import requested_size

settings.configure(
    SECRET_KEY="only-for-measuring-only-for-measuring-only-for-measuring",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
)


@condition(etag_func=lambda request, size: '"as-it-was"')
def page(request, size):
    return HttpResponse(requested_size(request.path))


urlpatterns = [path("<int:size>", page)]
application = get_wsgi_application()
