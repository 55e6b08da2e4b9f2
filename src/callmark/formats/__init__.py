"""How dates and times are written, by language: one format on all pages and in all mails."""
