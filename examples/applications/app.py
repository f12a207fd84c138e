"""An application that sends one trace to whatever OTEL_EXPORTER_OTLP_ENDPOINT names."""

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
with trace.get_tracer("example").start_as_current_span("checkout") as span:
    span.set_attribute("cart.items", 3)
    print(f"trace {span.get_span_context().trace_id:032x}")
provider.shutdown()
