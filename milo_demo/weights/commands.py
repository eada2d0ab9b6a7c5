"""The command line of publishing."""

import argparse


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The action `publish` of the command `weights`."""
    action = actions.add_parser("publish", help="upload all checkpoints to the Hugging Face Hub")
    action.add_argument("repository", metavar="OWNER/NAME")
    action.add_argument("--private", action="store_true", help="for oneself, where it has to be made")
    action.add_argument("--dry-run", action="store_true", help="say what would be uploaded, and show the model card")
    action.set_defaults(run=_publish)


def _publish(given: argparse.Namespace) -> None:
    from milo_demo.weights import publish

    if not given.dry_run:
        commit = publish.publish(given.repository, private=given.private)
        print(f"{given.repository} is published as commit {commit}, which the loader is now pinned to.")
        return
    made = publish.plan(given.repository)
    for path, content in made.files.items():
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        print(f"{size / publish.MB:8.2f} MB  {path}")
    print(f"{made.size / publish.MB:8.2f} MB in all; nothing was uploaded. The model card:\n")
    card = made.files["README.md"]
    print(card.decode() if isinstance(card, bytes) else "")
