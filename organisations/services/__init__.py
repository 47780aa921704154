"""What is done with the register: recognise a body, read the public registers, unite duplicates, let one succeed another, import."""

from organisations.services.loading import Loaded, load_reference
from organisations.services.merging import MergePlan, merge, plan_merge, settle
from organisations.services.recognising import adopt_commune, propose, recognise
from organisations.services.succession import cancel_succession, refusal_to_succeed, succeed

__all__ = [
    "Loaded",
    "MergePlan",
    "adopt_commune",
    "cancel_succession",
    "load_reference",
    "merge",
    "plan_merge",
    "propose",
    "recognise",
    "refusal_to_succeed",
    "settle",
    "succeed",
]
