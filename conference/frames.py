"""Room for calls that go deep.

CPython keeps the frames of a thread in pieces of 16 kB. A call that finds no room takes another piece from the system,
and gives it back when it returns (python/cpython#142183; only late releases of 3.13 and 3.14 keep one). A page is made
with calls within calls within calls, a hundred and more of them; where they go to and fro across the end of a piece,
each takes memory and gives it back, thousands of times: a third to a half of what the agenda of 900 sessions took.

A frame that is larger than a piece gets one that is larger still, and the calls below it have the rest of that.
"""

# In words. The piece has 32,768 then, of which a call takes 10 to 40, and what nobody writes to costs no memory.
LARGE = 16_000


def with_room(application):
    """The same WSGI application, with room for some 500 calls within each other."""

    def in_one_piece(environ, start_response):
        return application(environ, start_response)

    in_one_piece.__code__ = in_one_piece.__code__.replace(co_stacksize=LARGE)
    return in_one_piece
