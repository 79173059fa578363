"""`frontdesk kb`: ask the bot, measure it, and check, convert and extend knowledge bases. A module for each word."""

import argparse

from gateway.commands import kb_ask, kb_check, kb_eval, kb_files, kb_publish, kb_suggest


def arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True)
    kb_ask.arguments(words.add_parser("ask", help="one decision"))
    kb_check.arguments(words.add_parser("check", help="what is wrong, doubtful or missing"))
    kb_eval.arguments(words.add_parser("eval", help="quality on labelled questions"))
    kb_files.import_arguments(words.add_parser("import", help="a spreadsheet's CSV, a JSONL or a YAML file becomes one that the bot reads"))
    kb_files.export_arguments(words.add_parser("export", help="the knowledge base as one file"))
    kb_suggest.arguments(words.add_parser("suggest", help="what only people could answer, as entries to review"))
    words.add_parser("drafts", help="what waits to be published")
    kb_publish.publish_arguments(words.add_parser("publish", help="put drafts, or the files as they are now, in force"))
    words.add_parser("revisions", help="what was published")
    kb_publish.restore_arguments(words.add_parser("restore", help="put an earlier revision in force again"))


def run(args: argparse.Namespace) -> int:
    work = {
        "ask": kb_ask.ask, "check": kb_check.check, "eval": kb_eval.evaluate, "import": kb_files.import_, "export": kb_files.export,
        "suggest": kb_suggest.suggest, "drafts": kb_publish.drafts, "publish": kb_publish.publish,
        "revisions": kb_publish.revisions, "restore": kb_publish.restore,
    }  # fmt: skip
    return work[args.word](args)
