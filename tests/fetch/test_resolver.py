"""Names that resolve to addresses which may not be spoken to."""

from types import SimpleNamespace

import pytest

from talkscraper.fetch.address_guard import (
    GuardedResolver,
    Lookup,
    current_lookup,
)
from talkscraper.sources.permission import Permission


class _Inner:
    """A name server that answers differently each time it is asked."""

    def __init__(self, *answers):
        self._answers = iter(answers)

    def resolveHostName(self, receiver, host, *_):
        receiver.resolutionBegan(None)
        for ip in next(self._answers):
            receiver.addressResolved(SimpleNamespace(host=ip))
        receiver.resolutionComplete()
        return receiver


class _Receiver:
    def __init__(self):
        self.addresses, self.done = [], False

    def resolutionBegan(self, _):
        pass

    def addressResolved(self, address):
        self.addresses.append(address.host)

    def resolutionComplete(self):
        self.done = True


def _ask(resolver, permission):
    receiver, lookup = _Receiver(), Lookup(permission) if permission else None
    token = current_lookup.set(lookup)
    try:
        resolver.resolveHostName(receiver, "rebind.example")
    finally:
        current_lookup.reset(token)
    assert receiver.done
    return receiver.addresses, lookup


def test_of_several_addresses_only_the_permitted_ones_are_connected_to():
    """A name with a public and a private address is reachable at the public one only."""
    addresses, lookup = _ask(
        GuardedResolver(_Inner(["10.0.0.1", "93.184.216.34", "::1"])), Permission(source_id="quay")
    )
    assert addresses == ["93.184.216.34"]
    assert "private address" in lookup.refusal


def test_a_name_that_turns_private_is_refused_at_the_second_look():
    """DNS rebinding: public when it was checked, loopback when it is connected. There is one look-up, and it counts."""
    resolver = GuardedResolver(_Inner(["93.184.216.34"], ["127.0.0.1"]))
    assert _ask(resolver, Permission(source_id="quay"))[0] == ["93.184.216.34"]
    assert _ask(resolver, Permission(source_id="quay"))[0] == []


@pytest.mark.parametrize("permission", [Permission(source_id="quay", private=True), None])
def test_an_allowed_private_name_and_a_look_up_that_is_not_ours_pass(permission):
    """A source with allow_private, and the reactor's own needs."""
    assert _ask(GuardedResolver(_Inner(["127.0.0.1"])), permission)[0] == ["127.0.0.1"]
