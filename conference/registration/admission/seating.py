"""Giving seats to one person."""

from ..models import Mode, Seat
from .offers import offer


def give_seats(case):
    """What was asked for becomes confirmed where there is room, and waited for elsewhere."""
    for seat in [seat for seat in case.seats if seat.state == Seat.State.ASKED]:
        _let_go_if_in_the_way(case, seat)
        if case.has_room(seat):
            case.take(seat)
        else:
            case.put(seat, Seat.State.WAITING)
    attend_online_meanwhile(case)


def _let_go_if_in_the_way(case, seat):
    """Others who wait come first: what is free is theirs. Nothing to do where nobody waits for this kind of seat."""
    if case.counts.of(seat.day, seat.mode).waiting:
        offer(case.counts, to_others_than=case.registration)


def attend_online_meanwhile(case):
    """Online seats for days on which somebody waits for one in the house, if they like that and have none."""
    if not case.registration.online_meanwhile:
        return
    for seat in _awaited_in_the_house(case):
        online = case.on(seat.day, Mode.ONLINE)
        if online.state == Seat.State.RELEASED and case.has_room(online):
            case.put(online, Seat.State.CONFIRMED, meanwhile=True)


def attend_only_in_the_house(case):
    """Give back what was held online meanwhile."""
    for seat in _awaited_in_the_house(case):
        online = case.on(seat.day, Mode.ONLINE)
        if online.meanwhile:
            case.put(online, Seat.State.RELEASED)


def _awaited_in_the_house(case):
    awaited = (Seat.State.WAITING, Seat.State.OFFERED)
    return [seat for seat in case.seats if seat.mode == Mode.IN_PERSON and seat.state in awaited]
