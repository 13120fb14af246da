"""Registering, and what an attendee has and may change."""

from django.urls import path

from . import letters_views, my, offer_views, ticket_views, views

urlpatterns = [
    path("register/", views.register, name="register"),
    path("register/finish/", views.finish, name="register_finish"),
    path("my/", my.my, name="my"),
    path("my/edit/", my.edit, name="my_edit"),
    path("my/days/", my.days, name="my_days"),
    path("my/cancel/", my.cancel, name="my_cancel"),
    path("my/ticket/", ticket_views.my_ticket, name="my_ticket"),
    path("my/ticket.pdf", ticket_views.my_ticket_pdf, name="my_ticket_pdf"),
    path("my/ticket/new/", ticket_views.my_ticket_new, name="my_ticket_new"),
    path("my/days.ics", my.calendar, name="my_calendar"),
    path("my/data.json", my.data, name="my_data"),
    path("my/erase/", my.erase, name="my_erase"),
    path("offers/<str:token>/", offer_views.offer, name="offer"),
    path("ticket/<str:code>/", ticket_views.ticket, name="ticket"),
    path("letters/", letters_views.letters, name="letters"),
    path("letters/<uuid:pk>/", letters_views.letter, name="letter"),
]
