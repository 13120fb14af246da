def refuse_unreadable_input(get_response):
    return get_response


def maintenance(get_response):
    return get_response
