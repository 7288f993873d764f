"""Hosts one PyWPS application for a gismesh peer.

    python3 host.py '{"application": "/srv/wps/wsgi.py", "name": "", "folder": "/srv/wps", "scratch": "/scratch"}'

Loads the application, tells on stdout which processes it has, waits for one task on stdin, runs it and ends. Messages
are JSON, one a line: see messages.ts. Whatever the application itself prints goes to stderr.
"""

import importlib
import importlib.util
import json
import logging
import os
import shutil
import sys
import threading
import traceback
import uuid

PROGRESS_SECONDS = 0.05
MAX_MESSAGE = 2000
TEXT = ("text/", "+xml", "/xml", "json", "gml", "kml", "csv", "javascript", "yaml", "wkt", "x-ogc-")


class Channel:
    """The way to the peer: whole lines, from several threads."""

    def __init__(self):
        self._input = os.fdopen(os.dup(0), "rb")
        self._output = os.fdopen(os.dup(1), "wb")
        self._lock = threading.Lock()
        # What the application prints or reads is not for the peer.
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(2, 1)

    def tell(self, kind, **content):
        line = json.dumps(dict(content, kind=kind)).encode() + b"\n"
        with self._lock:
            self._output.write(line)
            self._output.flush()

    def task(self):
        """None when the peer wants nothing any more."""
        line = self._input.readline()
        return json.loads(line.decode("utf-8")) if line else None


class Progress:
    """Tells the newest progress, now and then: processes may update their status in a tight loop."""

    def __init__(self, channel):
        self._channel = channel
        self._newest = None
        self._news = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def update(self, percent, message):
        self._newest = (percent, message)
        self._news.set()

    def flush(self):
        newest, self._newest = self._newest, None
        if newest is not None:
            self._channel.tell("progress", percent=number(newest[0]), message=text(newest[1])[:MAX_MESSAGE])

    def _run(self):
        pause = threading.Event()
        while True:
            self._news.wait()
            self._news.clear()
            self.flush()
            pause.wait(PROGRESS_SECONDS)


# The application


def load_service(options):
    """The `pywps.Service` of the application, from whatever the module has of it."""
    # PyWPS writes its log into a file only where nobody else takes it.
    logger = logging.getLogger("PYWPS")
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.INFO)
    logger.addHandler(handler)
    from pywps import Process, Service

    module = load_module(options["application"], options["folder"])
    wanted = options.get("name") or ""
    if wanted:
        if not hasattr(module, wanted):
            raise LookupError("%s has no %r" % (options["application"], wanted))
        found = getattr(module, wanted)
        return found if isinstance(found, Service) else Service(processes_in(found, Process), configuration())
    values = list(vars(module).values())
    for value in values:
        service = unwrapped(value, Service)
        if service is not None:
            return service
    for value in values:
        if isinstance(value, (list, tuple)) and len(value) > 0:
            processes = processes_in(value, Process)
            if len(processes) == len(value):
                return Service(processes, configuration())
    own = [value for value in values if is_class(value, Process) and value.__module__ == module.__name__]
    single = [value for value in values if isinstance(value, Process)]
    if own or single:
        return Service(single or [each() for each in own], configuration())
    raise LookupError(
        "%s has neither a pywps.Service nor a list of processes nor a subclass of pywps.Process"
        % options["application"]
    )


def load_module(application, folder):
    if not application.endswith(".py"):
        return importlib.import_module(application)
    name = os.path.splitext(os.path.basename(application))[0]
    sys.path.insert(0, os.path.dirname(application))
    spec = importlib.util.spec_from_file_location(name, application)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def unwrapped(value, service):
    """The service itself, also of an application in middleware, which keeps it as `app`."""
    for _ in range(5):
        if isinstance(value, service):
            return value
        if isinstance(value, type) or not hasattr(value, "__dict__"):
            return None
        value = next((vars(value)[name] for name in ("app", "wsgi_app", "application") if name in vars(value)), None)
    return None


def is_class(value, base):
    return isinstance(value, type) and issubclass(value, base) and value is not base


def processes_in(found, base):
    """Of a list of instances or classes, of one of either, or of a function that makes them."""
    if callable(found) and not isinstance(found, (type, base)):
        found = found()
    if hasattr(found, "processes") and hasattr(found.processes, "values"):
        return list(found.processes.values())
    values = found if isinstance(found, (list, tuple)) else [found]
    made = [value() if is_class(value, base) else value for value in values]
    return [value for value in made if isinstance(value, base)]


def configuration():
    return [os.environ["PYWPS_CFG"]] if os.environ.get("PYWPS_CFG") else None


def confine(scratch):
    """Whatever the configuration says: files go where the peer takes them, and the peer alone counts and limits."""
    from pywps import configuration as config

    if not config.CONFIG:
        config.load_configuration()
    for folder in ("work", "outputs", "store"):
        os.makedirs(os.path.join(scratch, folder), exist_ok=True)
    store = os.path.join(scratch, "store")
    server = {
        "workdir": os.path.join(scratch, "work"),
        "temp_path": os.path.join(scratch, "work"),
        "outputpath": store,
        "outputurl": "file://" + store,
        "allowedinputpaths": os.path.join(scratch, "inputs"),
        "storagetype": "file",
        "storage_copy_function": "copy",
        "cleantempdir": "false",
        "maxprocesses": "-1",
        "parallelprocesses": "-1",
        "maxsingleinputsize": "1000gb",
    }
    for key, value in server.items():
        config.CONFIG.set("server", key, value.replace("%", "%%"))
    config.CONFIG.set("logging", "database", "sqlite:///:memory:")


# Descriptions


def describe(process):
    return dict(
        words(process),
        version=text(process.version),
        inputs=[describe_input(each) for each in process.inputs],
        outputs=[dict(words(each), data=describe_data(each)) for each in process.outputs],
    )


def words(described):
    return {
        "id": text(described.identifier),
        "title": text(described.title),
        "abstract": text(described.abstract),
        "keywords": [text(each) for each in described.keywords or []],
        "metadata": [
            {"title": text(each.title), "role": text(each.role), "href": text(each.href)}
            for each in getattr(described, "metadata", None) or []
            if hasattr(each, "href")
        ],
    }


def describe_input(each):
    data = describe_data(each)
    least = int(each.min_occurs or 0)
    if "default" in data:
        # PyWPS takes the default of a literal also where it says that a value is needed.
        if data["kind"] == "literal":
            least = 0
        elif least > 0:
            del data["default"]
    return dict(words(each), data=data, minOccurs=least, maxOccurs=each.max_occurs)


def describe_data(each):
    if hasattr(each, "data_type"):
        return describe_literal(each)
    if hasattr(each, "crss"):
        return {"kind": "bbox", "crs": [text(crs) for crs in each.crss]}
    formats = list(each.supported_formats)
    if each.data_format in formats:
        formats.remove(each.data_format)
        formats.insert(0, each.data_format)
    data = {"kind": "complex", "formats": [describe_format(form) for form in formats]}
    default = getattr(each, "_default", None)
    if isinstance(default, str) and getattr(each, "_default_type", None) == 3 and not is_binary(each.data_format):
        data["default"] = default
    return data


def describe_literal(each):
    data = {
        "kind": "literal",
        "type": text(each.data_type) or "string",
        "values": [],
        "ranges": [],
        "units": [unit_of(uom) for uom in each.uoms or []],
    }
    if not getattr(each, "any_value", False) and not getattr(each, "values_reference", None):
        for allowed in getattr(each, "allowed_values", None) or []:
            if getattr(allowed, "allowed_type", None) == "range":
                bounds = {"minimum": allowed.minval, "maximum": allowed.maxval}
                data["ranges"].append(
                    dict(
                        {name: literal_text(value) for name, value in bounds.items() if value is not None},
                        closure=text(allowed.range_closure) or "closed",
                    )
                )
            elif getattr(allowed, "value", None) is not None:
                data["values"].append(literal_text(allowed.value))
    if getattr(each, "_default", None) is not None and each.data is not None:
        data["default"] = literal_text(each.data)
    return data


def describe_format(form):
    return {"mediaType": text(form.mime_type), "schema": text(form.schema), "binary": is_binary(form)}


def is_binary(form):
    """Encodings of PyWPS are `base64`, names of characters, or nothing at all, which says nothing."""
    if form is None or text(form.encoding).lower() == "base64":
        return True
    media_type = text(form.mime_type).lower()
    return not form.encoding and not any(part in media_type for part in TEXT)


def unit_of(uom):
    return text(getattr(uom, "uom", uom))


def text(value):
    return "" if value is None else str(value)


def number(value):
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def literal_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if hasattr(value, "geturl"):
        return value.geturl()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item") and not isinstance(value, str):
        return literal_text(value.item())
    return text(value)


# A run


class InputInvalid(Exception):
    def __init__(self, identifier, message):
        Exception.__init__(self, message)
        self.identifier = identifier


class Failed(Exception):
    pass


def run(service, task, scratch, progress):
    """The outputs that the peer asked for, as far as the process gave them."""
    from pywps import WPSRequest
    from pywps.response.execute import ExecuteResponse
    from pywps.response.status import WPS_STATUS

    class Response(ExecuteResponse):
        """Tells the peer what PyWPS writes into its database and its status file."""

        def _update_status(self, status, message, status_percentage, clean=True):
            self.message = message
            self.status = status
            self.status_percentage = status_percentage
            if status == WPS_STATUS.STARTED:
                progress.update(status_percentage, "" if clean else message)

    service._set_grass()
    process = service.prepare_process_for_execution(task["process"])
    # Jobs wait at the peer, not in the database of PyWPS.
    process.launch_next_process = lambda: None
    process.async_ = False
    process._set_uuid(uuid.uuid4())
    request = WPSRequest()
    request.operation = "execute"
    request.version = "1.0.0"
    request.identifier = task["process"]
    request.language = request.language or "en-US"
    request.lineage = request.status = request.store_execute = "false"
    request.raw = False
    request.inputs = inputs_of(service, process, task["inputs"], scratch)
    request.outputs = {
        each["id"]: {"mimetype": each["mediaType"], "uom": each["uom"], "asReference": "false"}
        for each in task["outputs"]
    }
    process.setup_outputs_from_wps_request(request)
    response = Response(request, process=process, uuid=process.uuid)
    process._run_process(request, response)
    progress.flush()
    if response.status != WPS_STATUS.SUCCEEDED:
        raise Failed(text(response.message))
    wanted = [each["id"] for each in task["outputs"]]
    given = [output_of(response.outputs[each], scratch, index) for index, each in enumerate(wanted)]
    return [each for each in given if each is not None]


def inputs_of(service, process, values, scratch):
    from pywps.inout.basic import BBoxInput, ComplexInput, LiteralInput

    inputs = {}
    for source in process.inputs:
        given = [each for each in values if each["id"] == source.identifier]
        try:
            if not given:
                if getattr(source, "_default", None) is None:
                    continue
                if isinstance(source, ComplexInput) and not source.data_set:
                    source._set_default_value()
                inputs[source.identifier] = [source.clone()]
            elif isinstance(source, LiteralInput):
                literals = [{"data": each["value"], "uom": each["uom"] or None} for each in given]
                inputs[source.identifier] = service.create_literal_inputs(source, literals)
            elif isinstance(source, BBoxInput):
                boxes = [box_for_pywps(each) for each in given]
                inputs[source.identifier] = service.create_bbox_inputs(source, boxes)
            else:
                files = [complex_for_pywps(each, scratch) for each in given]
                inputs[source.identifier] = service.create_complex_inputs(source, files)
        except Exception as error:
            message = getattr(error, "description", None) or text(error) or type(error).__name__
            raise InputInvalid(source.identifier, text(message))
    return inputs


def complex_for_pywps(given, scratch):
    content = {"href": "file://" + os.path.join(scratch, given["file"])}
    if given["mediaType"]:
        content["mimeType"] = given["mediaType"]
    return content


def axis_order(crs):
    from owslib.crs import Crs

    try:
        return Crs(crs)
    except Exception:
        return None


def box_for_pywps(given):
    """PyWPS gives boxes x before y, whatever the axes of their CRS, as OWSLib reads them."""
    crs = axis_order(given["crs"])
    lower, upper = given["lower"], given["upper"]
    if crs is not None and crs.axisorder == "yx":
        lower, upper = [swapped(each) for each in (lower, upper)]
    name = crs.getcodeurn() if crs is not None else given["crs"]
    return {"data": lower + upper, "crs": name, "dimensions": len(lower)}


def swapped(corner):
    return [corner[1], corner[0]] + corner[2:]


def output_of(output, scratch, index):
    """None for one that the process has not set."""
    if hasattr(output, "data_type"):
        if output.data is None:
            return None
        return {
            "id": output.identifier,
            "kind": "literal",
            "value": literal_text(output.data),
            "uom": unit_of(output.uom),
        }
    if hasattr(output, "crss"):
        if not output.data:
            return None
        corner = len(output.data) // 2
        data = [float(each) for each in output.data]
        lower, upper = data[:corner], data[corner:]
        crs = axis_order(output.crs)
        if crs is not None and crs.axisorder == "yx":
            lower, upper = swapped(lower), swapped(upper)
        return {"id": output.identifier, "kind": "bbox", "crs": text(output.crs), "lower": lower, "upper": upper}
    if output.prop is None:
        return None
    form = output.data_format
    return {
        "id": output.identifier,
        "kind": "complex",
        "mediaType": text(form.mime_type) if form else "",
        "file": kept_file(output, scratch, index),
    }


def kept_file(output, scratch, index):
    """Path within the scratch folder of a plain file with the content of an output."""
    name = "output-%d%s" % (index, output.extension if len(output.extension or "") < 16 else "")
    kept = os.path.join(scratch, "outputs", os.path.basename(name))
    if output.prop in ("file", "url"):
        source = os.path.realpath(output.file)
        # Only what was made by this run is not written to any more.
        if source.startswith(os.path.realpath(scratch) + os.sep):
            os.link(source, kept)
        else:
            shutil.copyfile(source, kept)
    else:
        data = output.stream.read() if output.prop == "stream" else output.data
        with open(kept, "wb") as file:
            file.write(data_bytes(data))
    return os.path.relpath(kept, scratch)


def data_bytes(data):
    if isinstance(data, (bytes, bytearray)):
        return bytes(data)
    if isinstance(data, str):
        return data.encode("utf-8")
    if hasattr(data, "getroottree") or hasattr(data, "getroot"):
        from lxml import etree

        return etree.tostring(data)
    return json.dumps(data, default=text).encode("utf-8")


def reason(error):
    message = getattr(error, "description", None) or text(error)
    return "%s: %s" % (type(error).__name__, message) if message else type(error).__name__


def place(error, folder):
    """Where in the files of the application it happened, as far as it did there."""
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename.startswith(folder + os.sep)]
    return " (%s, line %d)" % (os.path.relpath(frames[-1].filename, folder), frames[-1].lineno) if frames else ""


def main():
    options = json.loads(sys.argv[1])
    channel = Channel()
    try:
        os.chdir(options["folder"])
        # In the place of the folder of this file, whose name a module of the application may have.
        sys.path[0] = options["folder"]
        service = load_service(options)
        confine(options["scratch"])
        channel.tell("ready", processes=[describe(each) for each in service.processes.values()])
    except BaseException as error:
        traceback.print_exc()
        channel.tell("broken", message=(reason(error) + place(error, options["folder"]))[:MAX_MESSAGE])
        return 1
    task = channel.task()
    if task is None:
        return 0
    try:
        outputs = run(service, task, options["scratch"], Progress(channel))
        channel.tell("answer", outputs=outputs)
    except InputInvalid as error:
        channel.tell("failure", message=text(error)[:MAX_MESSAGE], input=error.identifier)
    except Failed as error:
        channel.tell("failure", message=text(error)[:MAX_MESSAGE])
    except SystemExit as error:
        channel.tell("failure", message="The process ended Python with exit code %s" % text(error.code))
    except Exception as error:
        traceback.print_exc()
        channel.tell("failure", message=reason(error)[:MAX_MESSAGE])
    return 0


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # Threads that an application has left do not keep it from ending.
    os._exit(status)
