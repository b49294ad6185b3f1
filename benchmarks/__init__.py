"""What is measured, and the commands that measure it. Known to manage.py in development only."""
