"""Attendance: joining online, and who has come, is inside or has not come, by the entries and exits at the venue."""
