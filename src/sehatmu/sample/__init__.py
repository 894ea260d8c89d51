"""A made-up country whose registers write like the real ones, with the truth beside.

`sehatmu sample` and the first night on an empty home call `write_sample` (and `write_next_night`); tests and
benchmarks set its `Noise` and `Changes`. To the same country, `write_people` adds registrations of patients and the
civil register, `write_practitioners` its health workers and their licences, `write_products` drugs, devices and the
catalogue, `write_services` its services and prices, `write_clinical`
visits and what was found at them. No name, number or address is copied from a register. What is
written goes under landing, except the folder of the truth, which no stage of the pipeline reads.
"""

from sehatmu.sample.clinical_noise import ClinicalNoise
from sehatmu.sample.clinical_writing import write_clinical
from sehatmu.sample.noise import Changes, Noise
from sehatmu.sample.person_noise import PersonChanges, PersonNoise
from sehatmu.sample.person_writing import write_people
from sehatmu.sample.practitioner_noise import PractitionerNoise
from sehatmu.sample.practitioner_writing import write_practitioners
from sehatmu.sample.product_noise import ProductNoise
from sehatmu.sample.product_writing import write_products
from sehatmu.sample.service_noise import ServiceNoise
from sehatmu.sample.service_writing import write_services
from sehatmu.sample.writing import SampleTruth, write_next_night, write_sample

__all__ = [
    "Changes",
    "ClinicalNoise",
    "Noise",
    "PersonChanges",
    "PersonNoise",
    "PractitionerNoise",
    "ProductNoise",
    "SampleTruth",
    "ServiceNoise",
    "write_clinical",
    "write_next_night",
    "write_people",
    "write_practitioners",
    "write_products",
    "write_sample",
    "write_services",
]
