import pytest
from django.contrib.auth.models import Permission

from ..users import admin_client_for, make_organizer, make_superuser


@pytest.fixture
def superuser_client(conference):
    return admin_client_for(make_superuser())


@pytest.fixture
def viewer_client(conference):
    """A client of an organizer who may only view sessions."""
    user = make_organizer()
    user.user_permissions.set(Permission.objects.filter(codename="view_session"))
    return admin_client_for(user)
