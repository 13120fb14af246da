"""Tickets as passes of Apple Wallet and Google Wallet."""
