"""The process that `gismesh` is compared with: PyWPS gives back a text. `gunicorn wsgi:application` serves it, and its
status files are served by the same server, as small installations do.
"""

import os

from pywps import LiteralInput, LiteralOutput, Process, Service
from werkzeug.middleware.shared_data import SharedDataMiddleware


class Echo(Process):
    def __init__(self):
        super().__init__(
            self._handler,
            identifier="echo",
            title="Echo",
            version="1.0.0",
            inputs=[LiteralInput("string", "A text", data_type="string")],
            outputs=[LiteralOutput("string", "The same text", data_type="string")],
            store_supported=True,
            status_supported=True,
        )

    @staticmethod
    def _handler(request, response):
        response.outputs["string"].data = request.inputs["string"][0].data
        return response


service = Service([Echo()], [os.environ["PYWPS_CFG"]])
application = SharedDataMiddleware(service, {"/outputs": os.environ["PYWPS_OUTPUTS"]})

if __name__ == "__main__":
    from werkzeug.serving import run_simple

    run_simple("127.0.0.1", int(os.environ["PORT"]), application, threaded=True)
