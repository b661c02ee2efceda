"""What a scene does that forked processes cannot be trusted with, looked for before and while it runs."""
