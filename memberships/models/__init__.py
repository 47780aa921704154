"""Campaigns and rates, memberships by year, their papers, and the page of the finance department."""

from memberships.models.campaign import Campaign, Rate, Right
from memberships.models.draft import JoiningDraft
from memberships.models.membership import BenefitUse, Membership, Suspension
from memberships.models.papers import Departure, FinanceLink, MembershipDocument

__all__ = [
    "BenefitUse",
    "Campaign",
    "Departure",
    "FinanceLink",
    "JoiningDraft",
    "Membership",
    "MembershipDocument",
    "Rate",
    "Right",
    "Suspension",
]
