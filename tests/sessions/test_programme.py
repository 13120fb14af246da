def test_a(published, client):
    assert len(published.sessions) == 6
