"""Our server and h11 see the same requests in mutated bytes, but for what is explained."""

from tests.differential import UNEXPLAINED, differences


async def test_each_difference_to_h11_is_explained() -> None:
    """A short form; `python -m tests.differential` has the whole."""
    found = await differences(1500, seed=25)
    assert [each for each in found if each.startswith(UNEXPLAINED)] == []
    assert found[""] > 1000
