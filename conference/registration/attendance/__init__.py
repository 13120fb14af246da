"""Attendance: who has come, who is inside, and who has not come, by the entries and exits at the venue."""
