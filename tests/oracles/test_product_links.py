"""Items of the catalogue and registrations against the sample's truth, small: the benchmark's gates on unseen noise."""

import pytest

from tests.benchmarks.product_links import measure


@pytest.mark.parametrize("noise", ["usual", "unseen"])
def test_links_hold_what_the_dictionary_promises(noise: str) -> None:
    told = measure(drugs=1200, items=800, devices=300, noise=noise, seed=7)
    assert told["link precision"] >= 0.995
    assert told["link recall"] >= 0.93
    assert told["register precision"] >= 0.99
    assert told["across strength or form"] == 0
