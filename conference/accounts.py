"""How sign-in behaves here, where allauth lets a site decide."""

from allauth.account.adapter import DefaultAccountAdapter


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        """Nobody makes an account by themselves: organizers are invited, attendees register."""
        return False
