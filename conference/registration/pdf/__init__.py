"""PDF files with text in any script: tickets, badges."""
