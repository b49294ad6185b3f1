"""What monitoring scrapes at `/metrics`: the last audit, the cases that wait for somebody, and the worker's queue.

All of it is read from the database at each scrape, so that any process of any machine answers alike; figures of one
process (requests, memory) belong to whatever runs it.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from audit.selectors import last_finished
from core import clock
from events.selectors import cases_open_count, queue_state


def metrics() -> bytes:
    """Return all metrics in Prometheus' text format 0.0.4. Three queries, each by an index."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Books())
    registry.register(_Queue())
    return generate_latest(registry)


class _Books(Collector):
    """The last audit that came to its end, and open cases by kind. Without an audit its metrics are absent."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        last = last_finished()
        if last is not None and last.finished_at is not None:
            yield GaugeMetricFamily(
                "tienda_audit_differences", "Stored values that the last audit found wrong.", last.difference_count
            )
            yield GaugeMetricFamily(
                "tienda_audit_finished_timestamp_seconds", "When the last audit ended.", last.finished_at.timestamp()
            )
            yield GaugeMetricFamily(
                "tienda_audit_duration_seconds",
                "How long the last audit took.",
                (last.finished_at - last.started_at).total_seconds(),
            )
        cases = GaugeMetricFamily("tienda_cases_open", "Cases that wait for somebody.", labels=["kind"])
        for kind, count in cases_open_count().items():
            cases.add_metric([kind], count)
        yield cases


class _Queue(Collector):
    """Jobs that are due or at work, and how long the oldest has been due; 0 when none is."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        state = queue_state()
        jobs = GaugeMetricFamily("tienda_jobs", "Jobs of the worker that aren't done.", labels=["state"])
        jobs.add_metric(["due"], state.due)
        jobs.add_metric(["running"], state.running)
        jobs.add_metric(["later"], state.later)
        yield jobs
        age = 0.0 if state.oldest_due_at is None else (clock.now() - state.oldest_due_at).total_seconds()
        yield GaugeMetricFamily("tienda_jobs_oldest_due_seconds", "How long the oldest job has been due.", age)
