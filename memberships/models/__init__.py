"""Campaigns and rates, memberships by year, their papers, and the page of the finance department."""

from memberships.models.belonging import Belonging, BookingLink, MailDomain
from memberships.models.campaign import Campaign, Rate, Right
from memberships.models.draft import JoiningDraft
from memberships.models.membership import BenefitUse, Membership, Suspension
from memberships.models.papers import Departure, FinanceLink, MembershipDocument

__all__ = [
    "Belonging",
    "BenefitUse",
    "BookingLink",
    "Campaign",
    "Departure",
    "FinanceLink",
    "JoiningDraft",
    "MailDomain",
    "Membership",
    "MembershipDocument",
    "Rate",
    "Right",
    "Suspension",
]
