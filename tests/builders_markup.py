"""What a browser, and GitHub, make of a text: tags, attributes, and the text outside and inside of code."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib.resources import files

import cmarkgfm
from cmarkgfm.cmark import Options

from volvenctl.render.html import Design

_VOID = {"br", "meta", "line", "rect", "hr", "img", "input", "link", "base"}


def design() -> Design:
    folder = files("volvenctl.render")
    return Design(*((folder / name).read_text(encoding="utf-8") for name in ("plan.html.jinja", "plan.css")))


@dataclass
class Markup(HTMLParser):
    """The tags in order with their attributes, the text that stands in code, and all other text."""

    tags: list[str] = field(default_factory=list)
    attributes: set[tuple[str, str]] = field(default_factory=set)
    code: list[str] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    depth: int = 0

    def __post_init__(self):
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.update((tag, name) for name, _ in attrs)
        if tag == "code":
            self.depth += 1
            self.code.append("")

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        self.tags.append("/" + tag)
        self.depth -= tag == "code"

    def handle_data(self, data):
        if self.depth:
            self.code[-1] += data
        else:
            self.prose.append(data)

    def handle_comment(self, data):
        self.comments.append(data)

    def handle_decl(self, decl):
        self.comments.append(decl)

    unknown_decl = handle_pi = handle_decl

    @property
    def is_balanced(self) -> bool:
        """Whether every element ends, in the right order."""
        open_tags = []
        for tag in self.tags:
            if not tag.startswith("/"):
                open_tags += [tag] if tag not in _VOID else []
            elif not open_tags or open_tags.pop() != tag[1:]:
                return False
        return not open_tags


def read_html(text: str) -> Markup:
    markup = Markup()
    markup.feed(text)
    markup.close()
    return markup


def read_markdown(text: str) -> Markup:
    """What GitHub's own Markdown makes of `text`, HTML in it kept."""
    return read_html(cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE))
