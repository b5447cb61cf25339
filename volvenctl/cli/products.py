"""volvenctl products."""

import click

from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, pass_session
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit
from volvenctl.pipeline import offers as pipeline
from volvenctl.render.listing_text import products_text
from volvenctl.wire.documents import products_document


@click.command(cls=Door)
@click.option("--exchange", metavar="CODE", help="Only products of this exchange, such as BYB.")
@click.option("--search", metavar="TEXT", help="Only products whose code or name contains this.")
@format_option()
@pass_session
def command(session: Session, exchange: str | None, search: str | None) -> Exit:
    """List products with the bounds and steps of their sizes and prices."""
    world = open_world(session)
    with session.waiting("asking for products"):
        products = pipeline.products(world, exchange, search)
    write_either(session, products_document(products), products_text(products, session.palette))
    return Exit.OK
