"""A made-up country whose registers write like the real ones, with the truth beside.

`sehatmu sample` and the first night on an empty home call `write_sample`; tests and benchmarks set its
`Noise`. No name, number or address is copied from a register. What is written goes under landing, except
the folder `truth`, which no stage of the pipeline reads.
"""

from sehatmu.sample.noise import Noise
from sehatmu.sample.writing import SampleTruth, write_sample

__all__ = ["Noise", "SampleTruth", "write_sample"]
