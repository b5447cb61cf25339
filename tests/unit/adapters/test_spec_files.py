import os
import socket
import sys
from pathlib import Path

import pytest

from volvenctl.adapters import spec_files
from volvenctl.adapters.spec_files import SpecFolder, find_project_file
from volvenctl.errors import ConfigError
from volvenctl.model.problem import Place

NOT_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "desk"
    (root / "strategies").mkdir(parents=True)
    (root / "volvenctl.yaml").write_text("kind: Project\n")
    return root


def write(path: Path, text: str = "a: 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def read(root, *patterns):
    files, problems = SpecFolder(root, patterns or ("strategies/",)).read_all()
    return [file.file for file in files], problems


def refused(root, *patterns):
    names, (problem,) = read(root, *patterns)
    assert names == []
    assert problem.code == "file-refused"
    assert (problem.place.line, problem.place.column, problem.path) == (1, 1, "$")
    return problem


class TestProjectFile:
    def test_the_nearest_project_file_is_found(self, project):
        inner = project / "strategies" / "deep"
        inner.mkdir()
        assert find_project_file(inner) == project / "volvenctl.yaml"
        nested = write(project / "strategies" / "volvenctl.yaml")
        assert find_project_file(inner) == nested

    def test_without_a_project_file_the_next_step_is_init(self, tmp_path):
        with pytest.raises(ConfigError, match=r"no volvenctl\.yaml in .* or above it") as caught:
            find_project_file(tmp_path)
        assert caught.value.hint == "volvenctl init"

    def test_a_start_that_is_no_folder_is_refused(self, project):
        with pytest.raises(ConfigError, match="there is no folder"):
            find_project_file(project / "missing")

    def test_a_project_file_that_is_no_regular_file_is_refused(self, project):
        (project / "strategies" / "volvenctl.yaml").mkdir()
        with pytest.raises(ConfigError, match="is no regular file"):
            find_project_file(project / "strategies")

    def test_a_path_too_long_to_look_at_is_refused(self, project):
        with pytest.raises(ConfigError, match="cannot look for"):
            find_project_file(project / ("x" * 5000))


class TestPatterns:
    def test_a_folder_gives_every_yaml_file_below_it_sorted(self, project):
        for name in ("b.yaml", "a.yml", "eth/c.yaml", "readme.md", "d.json", "e.YAML"):
            write(project / "strategies" / name)
        assert read(project) == (["strategies/a.yml", "strategies/b.yaml", "strategies/eth/c.yaml"], ())

    def test_content_is_the_bytes_of_the_file(self, project):
        (project / "strategies" / "a.yaml").write_bytes(b"\xff\r\n")
        (file,), _ = SpecFolder(project, ("strategies",)).read_all()
        assert file.content == b"\xff\r\n"

    @pytest.mark.parametrize("name", [".hidden.yaml", ".git/config.yaml", ".old/a.yaml", "eth/.cache/a.yaml"])
    def test_what_is_hidden_is_not_entered(self, project, name):
        write(project / "strategies" / name)
        assert read(project) == ([], ())
        assert read(project, "strategies/**") == ([], ())
        assert read(project, "**/*") == ([], ())

    def test_a_hidden_folder_can_be_named(self, project):
        write(project / ".desk" / "a.yaml")
        assert read(project, ".desk") == ([".desk/a.yaml"], ())
        assert read(project, ".d*/*.yaml") == ([".desk/a.yaml"], ())

    def test_the_project_file_is_no_spec(self, project):
        write(project / "a.yaml")
        assert read(project, ".") == (["a.yaml"], ())
        assert read(project, "*.yaml") == (["a.yaml"], ())

    @pytest.mark.parametrize(
        ("pattern", "names"),
        [
            ("strategies/*.yaml", ["a.yaml"]),
            ("strategies/*", ["a.yaml", "btc/b.yaml", "btc/x/c.yml", "eth/b.yaml"]),
            ("strategies/*/b.yaml", ["btc/b.yaml", "eth/b.yaml"]),
            ("strategies/**/b.yaml", ["btc/b.yaml", "eth/b.yaml"]),
            ("strategies/**", ["a.yaml", "btc/b.yaml", "btc/x/c.yml", "eth/b.yaml"]),
            ("strategies/[be]t?/*", ["btc/b.yaml", "btc/x/c.yml", "eth/b.yaml"]),
            ("strategies/a.yaml", ["a.yaml"]),
            ("strategies/btc/../a.yaml", ["a.yaml"]),
            ("./strategies//eth/", ["eth/b.yaml"]),
            ("strategies/*/none.yaml", []),
        ],
    )
    def test_a_glob_names_files_and_folders(self, project, pattern, names):
        for name in ("a.yaml", "btc/b.yaml", "btc/x/c.yml", "eth/b.yaml", "note.txt"):
            write(project / "strategies" / name)
        assert read(project, pattern) == ([f"strategies/{name}" for name in names], ())

    def test_a_file_named_by_two_patterns_is_read_once(self, project):
        write(project / "strategies" / "a.yaml")
        assert read(project, "strategies", "strategies/*.yaml", "**/a.yaml") == (["strategies/a.yaml"], ())

    def test_an_empty_folder_is_fine(self, project):
        assert read(project) == ([], ())
        assert read(project, "strategies/*.yaml") == ([], ())

    @pytest.mark.parametrize("pattern", ["strategees", "strategees/*.yaml", "strategies/missing.yaml"])
    def test_a_pattern_that_names_nothing_is_an_error(self, project, pattern):
        with pytest.raises(ConfigError, match=f"specs: '{pattern[:10]}.*No such file") as caught:
            read(project, pattern)
        assert "volvenctl.yaml" in caught.value.hint

    @pytest.mark.parametrize("pattern", ["/etc", "..", "../desk2", "strategies/../../x", "//etc", "a\0b"])
    def test_a_pattern_that_leaves_the_project_is_an_error(self, project, pattern):
        with pytest.raises(ConfigError, match="leaves the project"):
            read(project, pattern)

    def test_a_pattern_for_another_kind_of_file_is_an_error(self, project):
        write(project / "notes.txt")
        with pytest.raises(ConfigError, match="neither a folder nor"):
            read(project, "notes.txt")

    def test_more_files_than_the_limit_are_an_error(self, project):
        for number in range(4):
            write(project / "strategies" / f"{number}.yaml")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(spec_files, "MAX_FILES", 3)
            with pytest.raises(ConfigError, match="more than 3 files"):
                read(project)


class TestLinks:
    def test_a_link_to_a_file_of_the_project_is_read(self, project):
        write(project / "templates" / "base.yaml", "x: 1\n")
        (project / "strategies" / "a.yaml").symlink_to("../templates/base.yaml")
        assert read(project) == (["strategies/a.yaml"], ())

    def test_a_project_reached_through_a_link_is_read(self, project, tmp_path):
        write(project / "strategies" / "a.yaml")
        (tmp_path / "link").symlink_to(project)
        assert read(tmp_path / "link") == (["strategies/a.yaml"], ())

    @pytest.mark.parametrize("target", ["../../outside.yaml", "/etc/passwd", "/proc/self/environ"])
    def test_a_link_that_leads_out_is_refused(self, project, target):
        write(project.parent / "outside.yaml")
        (project / "strategies" / "a.yaml").symlink_to(target)
        problem = refused(project)
        assert problem.place == Place("strategies/a.yaml", 1, 1)
        assert problem.message == "leads out of the project"

    @pytest.mark.parametrize("target", [".git/config", ".env", ".volvenctl/state.json"])
    def test_a_link_into_hidden_files_is_refused(self, project, target):
        write(project / target)
        (project / "strategies" / "a.yaml").symlink_to(project / target)
        assert refused(project).message == "leads into a hidden folder"

    def test_the_git_folder_cannot_be_named(self, project):
        write(project / ".git" / "a.yaml")
        with pytest.raises(ConfigError, match="leads into a hidden folder"):
            read(project, ".git")

    def test_link_loops_and_dangling_links_are_refused(self, project):
        (project / "strategies" / "a.yaml").symlink_to("b.yaml")
        (project / "strategies" / "b.yaml").symlink_to("a.yaml")
        (project / "strategies" / "c.yaml").symlink_to("missing.yaml")
        names, problems = read(project)
        assert names == []
        assert [problem.message.partition(":")[0] for problem in problems] == ["cannot be read"] * 3

    @pytest.mark.parametrize("pattern", ["strategies", "strategies/*", "strategies/**", "strategies/*/x.yaml"])
    @pytest.mark.parametrize("target", [".", "..", "../../other", "../templates"])
    def test_a_link_to_a_folder_is_refused_and_not_followed(self, project, target, pattern):
        write(project.parent / "other" / "x.yaml")
        write(project / "templates" / "x.yaml")
        (project / "strategies" / "more").symlink_to(target)
        assert refused(project, pattern).place.file == "strategies/more"

    def test_a_folder_link_named_by_the_project_is_followed_inside_it(self, project):
        write(project / "v2" / "a.yaml")
        (project / "current").symlink_to("v2")
        assert read(project, "current") == (["current/a.yaml"], ())
        assert read(project, "current/*.yaml") == (["current/a.yaml"], ())

    def test_a_folder_link_named_by_the_project_may_not_lead_out(self, project):
        (project / "current").symlink_to(project.parent)
        with pytest.raises(ConfigError, match="'current' leads out of the project"):
            read(project, "current")


class TestFiles:
    def test_a_pipe_is_refused_without_waiting(self, project):
        os.mkfifo(project / "strategies" / "a.yaml")
        assert refused(project).message == "is no regular file"
        assert refused(project, "strategies/a.yaml").message == "is no regular file"

    def test_a_socket_is_refused(self, project, monkeypatch):
        monkeypatch.chdir(project / "strategies")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("a.yaml")
        assert refused(project).message == "is no regular file"

    def test_a_folder_with_the_name_of_a_spec_is_entered(self, project):
        write(project / "strategies" / "a.yaml" / "b.yaml")
        assert read(project) == (["strategies/a.yaml/b.yaml"], ())

    def test_a_file_that_is_too_large_is_refused(self, project):
        with (project / "strategies" / "a.yaml").open("wb") as file:
            file.truncate(64 * 1024 * 1024 + 1)
        assert refused(project).message == "is larger than 64 MiB"

    @NOT_ROOT
    def test_a_file_that_may_not_be_read_is_a_problem(self, project):
        write(project / "strategies" / "a.yaml").chmod(0)
        assert refused(project).message == "cannot be read: Permission denied"

    @NOT_ROOT
    @pytest.mark.parametrize("pattern", ["strategies", "strategies/closed/*.yaml", "strategies/**/*.yaml"])
    def test_a_folder_that_may_not_be_listed_is_a_problem(self, project, pattern):
        closed = project / "strategies" / "closed"
        closed.mkdir(mode=0)
        assert "cannot be listed" in refused(project, pattern).message
        closed.chmod(0o700)

    @pytest.mark.skipif(sys.platform == "darwin", reason="file names are Unicode there")
    def test_a_name_that_is_no_unicode_is_shown_escaped(self, project):
        Path(os.fsdecode(os.fsencode(project / "strategies") + b"/b\xff.yaml")).write_bytes(b"a: 1")
        names, problems = read(project)
        assert names == ["strategies/b\\xff.yaml"]
        assert problems == ()
        "".join(names).encode()

    @pytest.mark.parametrize("name", ["a\nb.yaml", "a\x1b[2J.yaml", "\u202ea.yaml", "币 'x\".yaml", "-rf.yaml"])
    def test_a_strange_name_is_kept_as_it_is(self, project, name):
        write(project / "strategies" / name)
        assert read(project) == ([f"strategies/{name}"], ())


class TestTypeSchemas:
    @pytest.fixture(autouse=True)
    def schemas(self, project):
        (project / "schemas").mkdir()
        return project / "schemas"

    def types(self, project):
        return SpecFolder(project, ("strategies/",)).type_schemas()

    def test_the_built_in_types_are_there_and_the_document_schemas_are_none(self, project):
        types = self.types(project)
        assert "SMO" in types
        assert "strategy" not in types
        assert "project" not in types

    def test_without_a_folder_of_schemas_there_are_the_built_in_types(self, project, schemas):
        schemas.rmdir()
        assert list(self.types(project)) == ["SMO"]

    def test_a_project_adds_types(self, project, schemas):
        write(schemas / "PAIR_2-leg.schema.json", '{"type": "object", "multipleOf": 0.10}')
        write(schemas / "not a type.schema.json", "[")
        write(schemas / "v1.2.schema.json", "[")
        types = self.types(project)
        assert str(types["PAIR_2-leg"]["multipleOf"]) == "0.10"
        assert set(types) == {"SMO", "PAIR_2-leg"}

    def test_a_document_schema_in_the_project_is_no_type(self, project, schemas):
        write(schemas / "strategy.schema.json", "{}")
        assert "strategy" not in self.types(project)

    def test_a_copy_of_a_built_in_type_is_fine_and_another_is_refused(self, project, schemas):
        built_in = spec_files.builtin_schema_folder() / "SMO.schema.json"
        (schemas / "SMO.schema.json").write_bytes(built_in.read_bytes())
        assert "SMO" in self.types(project)
        write(schemas / "SMO.schema.json", "{}")
        with pytest.raises(ConfigError, match=r"schemas/SMO\.schema\.json replaces the built-in"):
            self.types(project)

    @pytest.mark.parametrize("text", ["[]", "{", '{"a": 1, "a": 2}', "5", '{"a": NaN}'])
    def test_a_schema_that_is_no_json_object_is_an_error(self, project, schemas, text):
        write(schemas / "X.schema.json", text)
        with pytest.raises(ConfigError, match=r"schemas/X\.schema\.json is no JSON Schema"):
            self.types(project)

    def test_a_schema_that_leads_out_is_an_error(self, project, schemas):
        write(project.parent / "x.json", "{}")
        (schemas / "X.schema.json").symlink_to("../../x.json")
        with pytest.raises(ConfigError, match=r"schemas/X\.schema\.json: leads out of the project"):
            self.types(project)

    def test_a_pipe_and_a_large_schema_are_errors(self, project, schemas):
        os.mkfifo(schemas / "X.schema.json")
        with pytest.raises(ConfigError, match="is no regular file"):
            self.types(project)
        (schemas / "X.schema.json").unlink()
        write(schemas / "X.schema.json", " " * (1024 * 1024 + 1))
        with pytest.raises(ConfigError, match="is larger than 1 MiB"):
            self.types(project)

    def test_a_folder_of_schemas_that_leads_out_or_is_a_file_is_an_error(self, project, schemas):
        schemas.rmdir()
        schemas.symlink_to(project.parent)
        with pytest.raises(ConfigError, match="schemas: leads out of the project"):
            self.types(project)
        schemas.unlink()
        write(schemas)
        with pytest.raises(ConfigError, match="schemas: cannot be read"):
            self.types(project)
