"""URLs of registration and of the attendees' own pages."""

from django.urls import path

from .views import attendee, certificates, edit, join, offers, photo, register, tickets, wallets

app_name = "registration"
urlpatterns = [
    path("register/", register.register, name="register"),
    path("register/finish/", register.complete_registration, name="complete"),
    path("my/", attendee.dashboard, name="dashboard"),
    path("my/edit/", edit.edit_details, name="edit_details"),
    path("my/days/", edit.edit_days, name="edit_days"),
    path("my/photo/", photo.photo_page, name="photo"),
    path("my/photo.jpg", photo.photo_file, name="photo_file"),
    path("my/cancel/", attendee.cancel_registration, name="cancel"),
    path("my/ticket/", tickets.ticket_page, name="ticket"),
    path("my/ticket.pdf", tickets.ticket_pdf, name="ticket_pdf"),
    path("my/ticket.pkpass", wallets.apple_pass, name="apple_pass"),
    path("my/ticket/google/", wallets.google_pass, name="google_pass"),
    path("my/ticket/new/", tickets.reissue_ticket, name="reissue_ticket"),
    path("my/certificate.pdf", certificates.certificate_pdf, name="certificate_pdf"),
    path("my/join/", join.join_page, name="join"),
    path("my/days.ics", attendee.download_calendar, name="calendar"),
    path("my/data.json", attendee.download_data, name="download_data"),
    path("my/erase/", attendee.delete_account, name="delete_account"),
    path("offers/<str:token>/", offers.offer_page, name="offer"),
    path("certificates/", certificates.find_certificate_page, name="find_certificate"),
    path("certificates/<str:code>/", certificates.verify_certificate, name="verify_certificate"),
    path("ticket/<str:code>/", tickets.validate_ticket, name="validate_ticket"),
    *(
        path(f"wallet/apple/v1/{route}", view)
        for route, view in (
            ("passes/<str:pass_type>/<str:serial_number>", wallets.apple_pass_update),
            ("devices/<str:device>/registrations/<str:pass_type>", wallets.apple_updated_passes),
            ("devices/<str:device>/registrations/<str:pass_type>/<str:serial_number>", wallets.apple_pass_registration),
            ("log", wallets.apple_log),
        )
    ),
]
