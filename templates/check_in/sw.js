{% load static %}// Service worker of the check-in page.
self.addEventListener("install", () => self.skipWaiting());
