"""Languages, translations, countries and time zones."""
