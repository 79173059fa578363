"""`frontdesk kb`: ask the bot, measure it, and check, convert and extend knowledge bases. A module for each word."""

import argparse

from gateway.commands import kb_ask, kb_check, kb_eval, kb_files


def arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True)
    kb_ask.arguments(words.add_parser("ask", help="one decision"))
    kb_check.arguments(words.add_parser("check", help="what is wrong, doubtful or missing"))
    kb_eval.arguments(words.add_parser("eval", help="quality on labelled questions"))
    kb_files.import_arguments(words.add_parser("import", help="a spreadsheet's CSV, a JSONL or a YAML file becomes one that the bot reads"))
    kb_files.export_arguments(words.add_parser("export", help="the knowledge base as one file"))


def run(args: argparse.Namespace) -> int:
    work = {
        "ask": kb_ask.ask, "check": kb_check.check, "eval": kb_eval.evaluate, "import": kb_files.import_, "export": kb_files.export,
    }  # fmt: skip
    return work[args.word](args)
