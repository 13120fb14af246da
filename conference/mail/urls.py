from django.urls import path

from . import views

app_name = "mail"
urlpatterns = [
    path("", views.outbox, name="outbox"),
    path("<uuid:pk>/", views.outbox_email, name="outbox_email"),
    path("<uuid:pk>/files/<int:number>/", views.outbox_file, name="outbox_file"),
]
