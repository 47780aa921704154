"""What papers tell the rest of the house; called once, in `AppConfig.ready()`."""


def register() -> None:
    from billing.sale import SOLD
    from bookings import demo_papers, enclosures, gone_emails, paper_emails, paper_links, parts, sold
    from core import registry

    paper_emails.register_kinds(enclosures.FILES)
    gone_emails.register_kinds()
    parts.PAPERS.add(paper_links.papers_of)
    SOLD.add(sold.teller(enclosures.for_reminders))
    registry.DEMOS.add(demo_papers.load, order=51)
