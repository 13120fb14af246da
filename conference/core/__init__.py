"""Infrastructure that knows no app of this project."""
