# The whole project in a few words: `make run` to try it, `make test` to prove it.
# Everything lives in .venv and in the folders that .gitignore names; nothing else on the machine is touched, but for the system
# packages that `make test` needs and says.

VENV := .venv
BIN := $(VENV)/bin
PORT ?=
PHONE_PORT ?=
MAIL_PORT ?=
AGENT_PHONE ?= yes
HOST ?=
NAME ?=
JSON ?=
MINUTES ?= 30

.DEFAULT_GOAL := help
.PHONY: help setup run wechat-sim mail-sim phone-sim test pictures bench soak clean

help:
	@echo "make run         try it: the gateway with a sample knowledge base (PORT=9000 moves it)"
	@echo "make wechat-sim  try WeChat without an account: a simulated platform, and a page that acts as a phone"
	@echo "make mail-sim    try email without an account: two mail servers, and a page that is the customer's mail program"
	@echo "make phone-sim   try the phone without a softphone: a page with two telephones, the customer's and the agent's"
	@echo "make setup       a virtual environment with everything for running and testing"
	@echo "make test        lint, types, import rules, and the tests against real servers"
	@echo "make pictures    the tests' journeys once more, with a picture of every page in artefacts/"
	@echo "make bench       the measurements (NAME=webchat_turns one of them, JSON=1 as JSON)"
	@echo "make soak        chaos for a long time (MINUTES=$(MINUTES))"
	@echo "make clean       remove what the others made; your data stays"

$(VENV)/.run: requirements.lock .ci/venv
	@.ci/venv run

$(VENV)/.test: requirements-test.lock .ci/venv
	@.ci/venv test

setup: $(VENV)/.test

# Where make itself is killed, the gateway ends too.
run: $(VENV)/.run
	@exec $(if $(shell command -v setpriv),setpriv --pdeathsig TERM) $(BIN)/frontdesk run --demo $(if $(PORT),--port $(PORT)) $(if $(HOST),--host $(HOST))

wechat-sim: $(VENV)/.run
	@exec $(if $(shell command -v setpriv),setpriv --pdeathsig TERM) $(BIN)/python -m tests.peers.wechat $(if $(PORT),--port $(PORT)) $(if $(PHONE_PORT),--phone-port $(PHONE_PORT))

mail-sim: setup
	@.ci/packages dovecot
	@exec $(if $(shell command -v setpriv),setpriv --pdeathsig TERM) $(BIN)/python -m tests.peers.mailroom $(if $(PORT),--port $(PORT)) $(if $(MAIL_PORT),--mail-port $(MAIL_PORT))

phone-sim: $(VENV)/.run
	@exec $(if $(shell command -v setpriv),setpriv --pdeathsig TERM) $(BIN)/python -m tests.peers.phonebooth $(if $(PORT),--port $(PORT)) $(if $(PHONE_PORT),--phone-port $(PHONE_PORT)) $(if $(filter no,$(AGENT_PHONE)),--no-agent-phone)

test: setup
	@.ci/packages
	@.ci/check

pictures: setup
	@.ci/packages
	@FRONTDESK_PICTURES=1 exec $(BIN)/pytest -n $$(nproc) tests/journeys

bench: setup
	@exec $(BIN)/python -m bench $(if $(JSON),--json) $(NAME)

soak: setup
	@.ci/packages
	@FRONTDESK_SOAK_MINUTES=$(MINUTES) exec $(BIN)/pytest tests -m soak --timeout 0

clean:
	rm -rf $(VENV) artefacts .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
