"""The story of a check: files, documents, schemas, the platform's metadata, rules. Every finding of every file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from volvenctl.core.override import OVERRIDES, apply_override, check_overrides
from volvenctl.core.parse import parse, unread_files
from volvenctl.core.references import SUFFIX
from volvenctl.core.resolve import Resolved, exchanges_in_use, is_any_missing, resolve, resolve_aliases
from volvenctl.core.roles import find_roles
from volvenctl.core.rules import Values, check_run_state, check_values, read_values
from volvenctl.core.schema import Schema, check_document, check_schema, compile_schema
from volvenctl.core.scope import Scope, make_scope
from volvenctl.core.select import is_in, is_selected, refuse_unknown_paths
from volvenctl.core.strategy import make_strategy
from volvenctl.core.wording import did_you_mean, shown, similar
from volvenctl.errors import PlatformError
from volvenctl.model.catalog import Catalog, Product
from volvenctl.model.names import EXCHANGE_CODES, JsonObject, JsonPath, StrategyName, path_text
from volvenctl.model.plan import Selection
from volvenctl.model.problem import Problem, is_valid, sorted_problems
from volvenctl.model.report import Checked
from volvenctl.model.spec import SpecDocument, StrategySpec
from volvenctl.ports import Platform, World

_EVERYTHING = Selection()
_NAME = ("metadata", "name")
_ORIGINS: tuple[JsonPath, ...] = (("metadata", "was"), ("lifecycle", "adopt"))
"""Where a spec says which strategy it goes on with."""

_NO_SCOPE = make_scope(())


@dataclass(frozen=True, slots=True)
class Draft:
    """A document on its way through the check, in one environment, and all that was found about it so far."""

    document: SpecDocument
    """Overrides merged in."""
    problems: tuple[Problem, ...]
    schema: Schema | None = None
    """Of its strategy type, if there is one."""
    scope: Scope = _NO_SCOPE
    values: Values | None = None

    @property
    def strategy_type(self) -> str:
        """The strategy type, empty if none is written."""
        spec = self.document.value.get("spec")
        name = spec.get("strategyType") if isinstance(spec, Mapping) else None
        return name if isinstance(name, str) else ""

    @property
    def labels(self) -> JsonObject:
        """The labels as they are written."""
        metadata = self.document.value.get("metadata")
        labels = metadata.get("labels") if isinstance(metadata, Mapping) else None
        return labels if isinstance(labels, Mapping) else {}

    @property
    def name(self) -> StrategyName | None:
        """The strategy's name, if one is written."""
        metadata = self.document.value.get("metadata")
        name = metadata.get("name") if isinstance(metadata, Mapping) else None
        return StrategyName(name) if isinstance(name, str) else None

    def at(self, path: JsonPath) -> str | None:
        """Return the text at `path`, if one is written."""
        section = self.document.value.get(str(path[0]))
        value = section.get(str(path[1])) if isinstance(section, Mapping) else None
        return value if isinstance(value, str) else None

    def found(self, problems: Iterable[Problem]) -> "Draft":
        """Return the draft with more findings."""
        return replace(self, problems=(*self.problems, *problems))


def check(
    world: World, selection: Selection = _EVERYTHING, *, offline: bool = False, paths: tuple[str, ...] = ()
) -> Checked:
    """Return every finding about the selected specs, and the strategies that have no errors.

    `paths` are files or folders relative to the project; none: all. Offline the platform is not asked, and what
    needs it is not checked.

    Raises:
        UsageError: a path names no spec file, or a label is not `key=value`.
        ConfigError: a schema cannot be used.
        PlatformError, CredentialsError: the platform's metadata cannot be read.
    """
    files, unread = world.specs.read_all()
    documents, unparsed = parse(files)
    faults = (*unread, *unparsed)
    refuse_unknown_paths(paths, {*(file.file for file in files), *unread_files(faults)})
    drafts = _check_origins(_check_names(_open(documents, world)))
    selected = [draft for draft in drafts if _is_chosen(draft, selection, paths)]
    typed = _check_types(selected, world)
    catalog = Catalog() if offline else _fetch([draft.scope for draft in typed], world.platform)
    checked = [_check_meaning(draft, catalog, offline=offline) for draft in typed]
    problems = [problem for problem in faults if is_in(problem.place.file, paths)]
    problems += [*_problems_of(checked), *_rival_names(drafts, selected)]
    return Checked(
        specs=tuple(_strategies(checked)),
        problems=sorted_problems(problems),
        checked=len(checked),
        catalog=catalog,
        documents={draft.name: draft.document.value for draft in checked if draft.name},
        declared=_names(drafts),
    )


def _problems_of(drafts: Sequence[Draft]) -> Iterator[Problem]:
    for draft in drafts:
        yield from draft.problems


def _names(drafts: Sequence[Draft]) -> frozenset[StrategyName]:
    return frozenset(draft.name for draft in drafts if draft.name)


def _open(documents: Sequence[SpecDocument], world: World) -> list[Draft]:
    """Return the documents as they are in the environment, checked for what all strategies have in common.

    What the envelope says about the specs of built-in types is for editors: a type's schema is checked by itself.
    """
    envelope = {key: item for key, item in world.specs.envelope_schema().items() if key != "allOf"}
    schema = compile_schema("strategy", {"strategy": envelope})
    return [_opened(document, schema, world) for document in documents]


def _opened(document: SpecDocument, schema: Schema, world: World) -> Draft:
    merged = apply_override(document, world.environment.name)
    written = {key: item for key, item in document.value.items() if key == OVERRIDES}
    whole = replace(merged, value={**merged.value, **written})
    problems = [*check_document(whole, schema), *check_overrides(document, world.project.environments)]
    return Draft(merged, tuple(problems))


def _check_names(drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts with a finding on each whose name another one has too."""
    by_name: dict[StrategyName | None, list[Draft]] = {}
    for draft in drafts:
        by_name.setdefault(draft.name, []).append(draft)
    return [draft.found(_duplicates(draft, by_name[draft.name])) for draft in drafts]


def _duplicates(draft: Draft, same: Sequence[Draft]) -> Iterator[Problem]:
    if draft.name is not None and len(same) > 1:
        first = same[0] if same[0] is not draft else same[1]
        place, there = draft.document.place_of(_NAME), first.document.place_of(_NAME)
        message = f"the name {shown(draft.name)} is also given at {there.file}:{there.line}:{there.column}"
        yield Problem(place, path_text(_NAME), "name-duplicate", message)


def _check_origins(drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts with a finding on each that takes the same strategy over as another one."""
    by_origin: dict[tuple[JsonPath, str | None], list[Draft]] = {}
    for draft in drafts:
        for path in _ORIGINS:
            by_origin.setdefault((path, draft.at(path)), []).append(draft)
    return [draft.found(_conflicts(draft, by_origin)) for draft in drafts]


def _conflicts(draft: Draft, by_origin: Mapping[tuple[JsonPath, str | None], Sequence[Draft]]) -> Iterator[Problem]:
    for path in _ORIGINS:
        value = draft.at(path)
        others = [other for other in by_origin[path, value] if other is not draft]
        if value is not None and others:
            there = others[0].document.place_of(path)
            message = f"{path[-1]} {shown(value)} is also given at {there.file}:{there.line}:{there.column}"
            yield Problem(draft.document.place_of(path), path_text(path), "lifecycle-conflict", message)


def _rival_names(drafts: Sequence[Draft], selected: Sequence[Draft]) -> Iterator[Problem]:
    """Yield the duplicates among specs that are not selected whose rival is."""
    names = {draft.name for draft in selected}
    for draft in drafts:
        if draft.name in names:
            yield from (problem for problem in draft.problems if problem.code == "name-duplicate")


def _is_chosen(draft: Draft, selection: Selection, paths: tuple[str, ...]) -> bool:
    return is_in(draft.document.file, paths) and is_selected(draft.name, draft.labels, selection)


def _check_types(drafts: Sequence[Draft], world: World) -> list[Draft]:
    """Return the drafts checked by the schemas of their strategy types, roles found and aliases resolved."""
    documents = world.specs.type_schemas()
    schemas = {
        name: _schema(name, documents) for name in sorted({draft.strategy_type for draft in drafts} & set(documents))
    }
    return [_check_type(draft, schemas.get(draft.strategy_type), documents, world) for draft in drafts]


def _schema(name: str, documents: Mapping[str, JsonObject]) -> Schema:
    check_schema(name, documents)
    return compile_schema(name, documents)


def _check_type(draft: Draft, schema: Schema | None, known: Iterable[str], world: World) -> Draft:
    document, strategy_type = draft.document, draft.strategy_type
    if schema is None:
        return draft.found(_unknown_type(document, strategy_type, known) if strategy_type else ())
    problems = check_document(document, schema, ("spec",))
    items = find_roles(schema, document.value["spec"], ("spec",))
    scope, unknown = resolve_aliases(document, items, world.environment.accounts)
    return replace(draft, schema=schema, scope=scope).found([*problems, *unknown])


def _unknown_type(document: SpecDocument, strategy_type: str, known: Iterable[str]) -> Iterator[Problem]:
    path = ("spec", "strategyType")
    near = similar(strategy_type, known)
    message = f"there is no schema for the strategy type {shown(strategy_type)}: add schemas/<TYPE>{SUFFIX}"
    yield Problem(document.place_of(path), path_text(path), "unknown-strategy-type", message + did_you_mean(near), near)


def _fetch(scopes: Sequence[Scope], platform: Platform) -> Catalog:
    """Return the accounts, and the products of the exchanges in use; of the others too if one is not found there."""
    if not any(scope.of("account") for scope in scopes):
        return Catalog()
    catalog = Catalog({account.id: account for account in platform.accounts()})
    used = exchanges_in_use(scopes, catalog)
    if not used:
        return catalog
    catalog = _with_products(catalog, platform.products(used))
    if is_any_missing(scopes, catalog):
        every = {*EXCHANGE_CODES, *(account.exchange for account in catalog.accounts.values())}
        others = tuple(sorted(every - set(used)))
        with suppress(PlatformError):  # they only tell where else a product is; the finding stands without them
            catalog = _with_products(catalog, platform.products(others)) if others else catalog
    return catalog


def _with_products(catalog: Catalog, products: Iterable[Product]) -> Catalog:
    fetched = {(product.exchange, product.code): product for product in products}
    return replace(catalog, products={**catalog.products, **fetched})


def _check_meaning(draft: Draft, catalog: Catalog, *, offline: bool) -> Draft:
    """Return the draft checked against the platform's metadata and the rules; what has a problem is left alone."""
    if draft.schema is None:
        return draft
    broken = {problem.path for problem in draft.problems}
    resolved, problems = (Resolved(), []) if offline else resolve(draft.document, draft.scope, catalog, broken)
    values = read_values(draft.document, draft.scope, resolved, broken)
    found = [*problems, *check_values(values), *check_run_state(draft.document, broken)]
    return replace(draft, values=values).found(found)


def _strategies(drafts: Sequence[Draft]) -> Iterator[StrategySpec]:
    for draft in drafts:
        if draft.schema and draft.values and is_valid(draft.problems):
            yield make_strategy(draft.document, draft.schema, draft.values)
