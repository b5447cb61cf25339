"""Files of a certain commit, and who wrote what, with the real git."""

import pytest
from builders_pull_request import run_tool

from volvenctl.adapters.source_control import GitCheckout, read_committed, user_email
from volvenctl.errors import ConfigError


class Repository:
    """A git repository in which several people work."""

    def __init__(self, root):
        self.root = root
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments, author="ann@desk"):
        settings = ("-c", f"user.name={author}", "-c", f"user.email={author}", "-c", "commit.gpgsign=false")
        return run_tool("git", *settings, *arguments, cwd=self.root).strip()

    def write(self, name, text, author="ann@desk", message="a change"):
        """Commit a file and return the commit."""
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", f"--message={message}", author=author)
        return self.git("rev-parse", "HEAD")

    def authors(self, since=None):
        return GitCheckout(self.root, None).author(since).git_authors


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "repository")


class TestReadCommitted:
    def test_the_file_of_the_commit_is_read_whatever_the_working_tree_says(self, repository):
        repository.write("desk/volvenctl.yaml", "old\n")
        repository.git("checkout", "--quiet", "-b", "proposal")
        repository.write("desk/volvenctl.yaml", "new\n")
        (repository.root / "desk" / "volvenctl.yaml").write_text("newest\n")
        assert read_committed(repository.root / "desk", "main", "volvenctl.yaml") == b"old\n"
        assert read_committed(repository.root / "desk", "HEAD", "volvenctl.yaml") == b"new\n"
        assert read_committed(repository.root / "desk", "HEAD~1", "volvenctl.yaml") == b"old\n"

    @pytest.mark.parametrize("ref", ["nowhere", "-h", "--all", "main:desk", "", "main..main", "main^{tree}"])
    def test_what_names_no_commit_is_refused(self, repository, ref):
        repository.write("desk/a.yaml", "a\n")
        with pytest.raises(ConfigError, match="git knows no commit"):
            read_committed(repository.root / "desk", ref, "a.yaml")

    @pytest.mark.parametrize("file", ["b.yaml", "../other/a.yaml", "../desk"])
    def test_a_file_that_the_commit_does_not_have_is_refused(self, repository, file):
        repository.write("desk/a.yaml", "a\n")
        with pytest.raises(ConfigError, match="there is no file"):
            read_committed(repository.root / "desk", "main", file)

    def test_outside_git_it_is_refused(self, tmp_path):
        with pytest.raises(ConfigError, match="git knows no commit 'main' here"):
            read_committed(tmp_path, "main", "a.yaml")


class TestAuthors:
    def test_who_merges_is_no_author(self, repository):
        repository.write("a", "a\n")
        repository.git("checkout", "--quiet", "-b", "proposal")
        repository.write("b", "b\n", author="cy@desk")
        repository.git("checkout", "--quiet", "main")
        repository.git("merge", "--quiet", "--no-ff", "--no-edit", "proposal", author="bob@desk")
        assert repository.authors() == ("ann@desk", "cy@desk")

    def test_who_changes_something_in_a_merge_is_one(self, repository):
        repository.write("a", "a\n")
        repository.git("checkout", "--quiet", "-b", "proposal")
        repository.write("b", "b\n")
        repository.git("checkout", "--quiet", "main")
        repository.git("merge", "--quiet", "--no-ff", "--no-commit", "proposal")
        repository.write("b", "changed\n", author="bob@desk")
        assert repository.authors() == ("ann@desk", "bob@desk")

    def test_co_authors_count(self, repository):
        trailers = "Co-authored-by: Cy <cy@desk>\nCo-authored-by: dee@desk"
        repository.write("a", "a\n", message=f"a change\n\n{trailers}")
        assert repository.authors() == ("ann@desk", "cy@desk", "dee@desk")

    def test_a_clone_without_the_whole_history_knows_no_author(self, repository, tmp_path):
        first = repository.write("a", "a\n", author="bob@desk")
        repository.write("a", "b\n")
        run_tool("git", "clone", "--quiet", "--depth=1", f"file://{repository.root}", "shallow", cwd=tmp_path)
        assert GitCheckout(tmp_path / "shallow", "bot").author(None).git_authors == ()
        assert repository.authors(first) == ("ann@desk",)


def test_the_e_mail_of_the_user_is_what_git_would_write(repository):
    repository.git("config", "user.email", "ann@here")
    assert user_email(repository.root) == "ann@here"
    repository.git("config", "user.email", "")
    assert user_email(repository.root) is None
