"""What Prometheus reads."""

from gateway.metrics import Metrics


def test_a_count_is_read_back_by_its_label() -> None:
    metrics = Metrics(with_process=False)
    answered = metrics.turns.labels("answer")
    answered.inc()
    answered.inc()
    assert 'frontdesk_turns_total{outcome="answer"} 2.0' in metrics.exposition().decode()


def test_two_processes_worth_of_metrics_do_not_meet() -> None:
    one, other = Metrics(with_process=False), Metrics(with_process=False)
    one.dead_letters.inc()
    assert "frontdesk_dead_letters_total 1.0" in one.exposition().decode()
    assert "frontdesk_dead_letters_total 0.0" in other.exposition().decode()


def test_every_name_is_ours_and_every_number_explained() -> None:
    lines = Metrics(with_process=False).exposition().decode().splitlines()
    assert all(line.split()[2].startswith("frontdesk_") and len(line.split()) > 3 for line in lines if line.startswith("# HELP"))


def test_the_process_itself_is_measured() -> None:
    assert "process_resident_memory_bytes" in Metrics().exposition().decode()
