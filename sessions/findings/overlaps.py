"""Sessions that share some time, found in one sweep."""


def overlaps(sessions, group=lambda session: None):
    """Pairs of an earlier and a later session; sessions are in order of start.

    Each session is set against the one that runs longest among those begun before it, one of each group. So there are
    never more pairs than sessions times groups, however many meet at one hour, and yet each session that overlaps
    another one of its group is in some pair.
    """
    running = {}
    for session in sessions:
        for other in running.values():
            if other.ends_at > session.starts_at:
                yield other, session
        longest = running.get(group(session))
        if longest is None or session.ends_at > longest.ends_at:
            running[group(session)] = session
