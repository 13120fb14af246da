"""How gunicorn's workers listen, so that what is ready is answered at once and nobody waits for those who are slow.

gunicorn's own threaded worker gives each connection to a thread, which reads and writes as slowly as its visitor does.
So whoever asks for a page that is ready waits until some thread has done with somebody's registration; and a few
visitors on weak lines, or some who mean harm, keep all threads busy. Here the thread that listens

1. gathers what visitors send without waiting for any of them: heads, and bodies too, long ones in a file;
2. answers by itself what the application has ready (its at_once: see sessions.published.Door);
3. gives the rest to threads, each request once all of it has come, and gunicorn goes on as it always does.

It speaks HTTP/1 without TLS, which ends before it. What it answers by itself is in no access log.
"""
