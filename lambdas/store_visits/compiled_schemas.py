"""The published schemas as code. Written by ``python -m lambdas.compile_schemas``; do not edit."""
# Neither its lines nor its types are for people.
# ruff: noqa: ARG001, B007, C405, C901, D103, E501, I001, PLR0912, PLR0915, PLR2004, Q000
# ruff: noqa: RUF021, SIM102
# mypy: ignore-errors
# fmt: off

import re
from decimal import Decimal

from lambdas.shared.errors import SchemaError


REGEX_PATTERNS = {'^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$': re.compile('^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\\Z'), '^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$': re.compile('^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?\\Z'), '^[ -~]+$': re.compile('^[ -~]+\\Z')}

def check_visit(data: object, custom_formats: object={}, name_prefix: object=None) -> object:
    if not isinstance(data, dict):
        raise SchemaError('' + (name_prefix or 'data') + ' must be object', name='' + (name_prefix or 'data') + '')
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        data__missing_keys = set(['artwork_id', 'confidence', 'detected_at', 'device_id', 'dwell_ms', 'emotion_id', 'expressions', 'inference_ms', 'model', 'museum_id', 'samples', 'visit_id']) - data.keys()
        if data__missing_keys:
            raise SchemaError('' + (name_prefix or 'data') + ' must contain ' + (str(sorted(data__missing_keys)) + ' properties'), name='' + (name_prefix or 'data') + '')
        data_keys = set(data.keys())
        if 'visit_id' in data_keys:
            data_keys.remove('visit_id')
            data__visitid = data['visit_id']
            if not isinstance(data__visitid, str):
                raise SchemaError('' + (name_prefix or 'data') + '.visit_id must be string', name='' + (name_prefix or 'data') + '.visit_id')
            if isinstance(data__visitid, str):
                if not REGEX_PATTERNS['^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'].search(data__visitid):
                    raise SchemaError('' + (name_prefix or 'data') + '.visit_id must match pattern ^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$', name='' + (name_prefix or 'data') + '.visit_id')
        if 'museum_id' in data_keys:
            data_keys.remove('museum_id')
            data__museumid = data['museum_id']
            if not isinstance(data__museumid, str):
                raise SchemaError('' + (name_prefix or 'data') + '.museum_id must be string', name='' + (name_prefix or 'data') + '.museum_id')
            if isinstance(data__museumid, str):
                if not REGEX_PATTERNS['^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$'].search(data__museumid):
                    raise SchemaError('' + (name_prefix or 'data') + '.museum_id must match pattern ^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$', name='' + (name_prefix or 'data') + '.museum_id')
        if 'artwork_id' in data_keys:
            data_keys.remove('artwork_id')
            data__artworkid = data['artwork_id']
            if not isinstance(data__artworkid, str):
                raise SchemaError('' + (name_prefix or 'data') + '.artwork_id must be string', name='' + (name_prefix or 'data') + '.artwork_id')
            if isinstance(data__artworkid, str):
                if not REGEX_PATTERNS['^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$'].search(data__artworkid):
                    raise SchemaError('' + (name_prefix or 'data') + '.artwork_id must match pattern ^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$', name='' + (name_prefix or 'data') + '.artwork_id')
        if 'device_id' in data_keys:
            data_keys.remove('device_id')
            data__deviceid = data['device_id']
            if not isinstance(data__deviceid, str):
                raise SchemaError('' + (name_prefix or 'data') + '.device_id must be string', name='' + (name_prefix or 'data') + '.device_id')
            if isinstance(data__deviceid, str):
                if not REGEX_PATTERNS['^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$'].search(data__deviceid):
                    raise SchemaError('' + (name_prefix or 'data') + '.device_id must match pattern ^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$', name='' + (name_prefix or 'data') + '.device_id')
        if 'detected_at' in data_keys:
            data_keys.remove('detected_at')
            data__detectedat = data['detected_at']
            if not isinstance(data__detectedat, int) and (not (isinstance(data__detectedat, float) and data__detectedat.is_integer())) or isinstance(data__detectedat, bool):
                raise SchemaError('' + (name_prefix or 'data') + '.detected_at must be integer', name='' + (name_prefix or 'data') + '.detected_at')
            if isinstance(data__detectedat, (int, float, Decimal)) and (not isinstance(data__detectedat, bool)):
                if data__detectedat < 1577836800000:
                    raise SchemaError('' + (name_prefix or 'data') + '.detected_at must be bigger than or equal to 1577836800000', name='' + (name_prefix or 'data') + '.detected_at')
                if data__detectedat > 4102444800000:
                    raise SchemaError('' + (name_prefix or 'data') + '.detected_at must be smaller than or equal to 4102444800000', name='' + (name_prefix or 'data') + '.detected_at')
        if 'dwell_ms' in data_keys:
            data_keys.remove('dwell_ms')
            data__dwellms = data['dwell_ms']
            if not isinstance(data__dwellms, int) and (not (isinstance(data__dwellms, float) and data__dwellms.is_integer())) or isinstance(data__dwellms, bool):
                raise SchemaError('' + (name_prefix or 'data') + '.dwell_ms must be integer', name='' + (name_prefix or 'data') + '.dwell_ms')
            if isinstance(data__dwellms, (int, float, Decimal)) and (not isinstance(data__dwellms, bool)):
                if data__dwellms < 0:
                    raise SchemaError('' + (name_prefix or 'data') + '.dwell_ms must be bigger than or equal to 0', name='' + (name_prefix or 'data') + '.dwell_ms')
                if data__dwellms > 86400000:
                    raise SchemaError('' + (name_prefix or 'data') + '.dwell_ms must be smaller than or equal to 86400000', name='' + (name_prefix or 'data') + '.dwell_ms')
        if 'emotion_id' in data_keys:
            data_keys.remove('emotion_id')
            data__emotionid = data['emotion_id']
            if not isinstance(data__emotionid, int) and (not (isinstance(data__emotionid, float) and data__emotionid.is_integer())) or isinstance(data__emotionid, bool):
                raise SchemaError('' + (name_prefix or 'data') + '.emotion_id must be integer', name='' + (name_prefix or 'data') + '.emotion_id')
            if isinstance(data__emotionid, (int, float, Decimal)) and (not isinstance(data__emotionid, bool)):
                if data__emotionid < -1:
                    raise SchemaError('' + (name_prefix or 'data') + '.emotion_id must be bigger than or equal to -1', name='' + (name_prefix or 'data') + '.emotion_id')
                if data__emotionid > 7:
                    raise SchemaError('' + (name_prefix or 'data') + '.emotion_id must be smaller than or equal to 7', name='' + (name_prefix or 'data') + '.emotion_id')
        if 'confidence' in data_keys:
            data_keys.remove('confidence')
            data__confidence = data['confidence']
            if not isinstance(data__confidence, (int, float, Decimal)) or isinstance(data__confidence, bool):
                raise SchemaError('' + (name_prefix or 'data') + '.confidence must be number', name='' + (name_prefix or 'data') + '.confidence')
            if isinstance(data__confidence, (int, float, Decimal)) and (not isinstance(data__confidence, bool)):
                if data__confidence < 0:
                    raise SchemaError('' + (name_prefix or 'data') + '.confidence must be bigger than or equal to 0', name='' + (name_prefix or 'data') + '.confidence')
                if data__confidence > 1:
                    raise SchemaError('' + (name_prefix or 'data') + '.confidence must be smaller than or equal to 1', name='' + (name_prefix or 'data') + '.confidence')
        if 'expressions' in data_keys:
            data_keys.remove('expressions')
            data__expressions = data['expressions']
            if not isinstance(data__expressions, (list, tuple)):
                raise SchemaError('' + (name_prefix or 'data') + '.expressions must be array', name='' + (name_prefix or 'data') + '.expressions')
            data__expressions_is_list = isinstance(data__expressions, (list, tuple))
            if data__expressions_is_list:
                data__expressions_len = len(data__expressions)
                if data__expressions_len < 8:
                    raise SchemaError('' + (name_prefix or 'data') + '.expressions must contain at least 8 items', name='' + (name_prefix or 'data') + '.expressions')
                if data__expressions_len > 8:
                    raise SchemaError('' + (name_prefix or 'data') + '.expressions must contain less than or equal to 8 items', name='' + (name_prefix or 'data') + '.expressions')
                for data__expressions_x, data__expressions_item in enumerate(data__expressions):
                    if not isinstance(data__expressions_item, (int, float, Decimal)) or isinstance(data__expressions_item, bool):
                        raise SchemaError('' + (name_prefix or 'data') + '.expressions[{data__expressions_x}]'.format(**locals()) + ' must be number', name='' + (name_prefix or 'data') + '.expressions[{data__expressions_x}]'.format(**locals()) + '')
                    if isinstance(data__expressions_item, (int, float, Decimal)) and (not isinstance(data__expressions_item, bool)):
                        if data__expressions_item < 0:
                            raise SchemaError('' + (name_prefix or 'data') + '.expressions[{data__expressions_x}]'.format(**locals()) + ' must be bigger than or equal to 0', name='' + (name_prefix or 'data') + '.expressions[{data__expressions_x}]'.format(**locals()) + '')
                        if data__expressions_item > 1:
                            raise SchemaError('' + (name_prefix or 'data') + '.expressions[{data__expressions_x}]'.format(**locals()) + ' must be smaller than or equal to 1', name='' + (name_prefix or 'data') + '.expressions[{data__expressions_x}]'.format(**locals()) + '')
        if 'samples' in data_keys:
            data_keys.remove('samples')
            data__samples = data['samples']
            if not isinstance(data__samples, int) and (not (isinstance(data__samples, float) and data__samples.is_integer())) or isinstance(data__samples, bool):
                raise SchemaError('' + (name_prefix or 'data') + '.samples must be integer', name='' + (name_prefix or 'data') + '.samples')
            if isinstance(data__samples, (int, float, Decimal)) and (not isinstance(data__samples, bool)):
                if data__samples < 0:
                    raise SchemaError('' + (name_prefix or 'data') + '.samples must be bigger than or equal to 0', name='' + (name_prefix or 'data') + '.samples')
                if data__samples > 10000000:
                    raise SchemaError('' + (name_prefix or 'data') + '.samples must be smaller than or equal to 10000000', name='' + (name_prefix or 'data') + '.samples')
        if 'inference_ms' in data_keys:
            data_keys.remove('inference_ms')
            data__inferencems = data['inference_ms']
            if not isinstance(data__inferencems, (int, float, Decimal)) or isinstance(data__inferencems, bool):
                raise SchemaError('' + (name_prefix or 'data') + '.inference_ms must be number', name='' + (name_prefix or 'data') + '.inference_ms')
            if isinstance(data__inferencems, (int, float, Decimal)) and (not isinstance(data__inferencems, bool)):
                if data__inferencems < 0:
                    raise SchemaError('' + (name_prefix or 'data') + '.inference_ms must be bigger than or equal to 0', name='' + (name_prefix or 'data') + '.inference_ms')
                if data__inferencems > 60000.0:
                    raise SchemaError('' + (name_prefix or 'data') + '.inference_ms must be smaller than or equal to 60000.0', name='' + (name_prefix or 'data') + '.inference_ms')
        if 'model' in data_keys:
            data_keys.remove('model')
            data__model = data['model']
            if not isinstance(data__model, str):
                raise SchemaError('' + (name_prefix or 'data') + '.model must be string', name='' + (name_prefix or 'data') + '.model')
            if isinstance(data__model, str):
                data__model_len = len(data__model)
                if data__model_len < 1:
                    raise SchemaError('' + (name_prefix or 'data') + '.model must be longer than or equal to 1 characters', name='' + (name_prefix or 'data') + '.model')
                if data__model_len > 64:
                    raise SchemaError('' + (name_prefix or 'data') + '.model must be shorter than or equal to 64 characters', name='' + (name_prefix or 'data') + '.model')
                if not REGEX_PATTERNS['^[ -~]+$'].search(data__model):
                    raise SchemaError('' + (name_prefix or 'data') + '.model must match pattern ^[ -~]+$', name='' + (name_prefix or 'data') + '.model')
        if data_keys:
            raise SchemaError('' + (name_prefix or 'data') + ' must not contain ' + str(data_keys) + ' properties', name='' + (name_prefix or 'data') + '')
    return data


def check_message(data: object, custom_formats: object={}, name_prefix: object=None) -> object:
    if not isinstance(data, dict):
        raise SchemaError('' + (name_prefix or 'data') + ' must be object', name='' + (name_prefix or 'data') + '')
    data_is_dict = isinstance(data, dict)
    if data_is_dict:
        data__missing_keys = set(['visits']) - data.keys()
        if data__missing_keys:
            raise SchemaError('' + (name_prefix or 'data') + ' must contain ' + (str(sorted(data__missing_keys)) + ' properties'), name='' + (name_prefix or 'data') + '')
        data_keys = set(data.keys())
        if 'visits' in data_keys:
            data_keys.remove('visits')
            data__visits = data['visits']
            if not isinstance(data__visits, (list, tuple)):
                raise SchemaError('' + (name_prefix or 'data') + '.visits must be array', name='' + (name_prefix or 'data') + '.visits')
            data__visits_is_list = isinstance(data__visits, (list, tuple))
            if data__visits_is_list:
                data__visits_len = len(data__visits)
                if data__visits_len < 1:
                    raise SchemaError('' + (name_prefix or 'data') + '.visits must contain at least 1 items', name='' + (name_prefix or 'data') + '.visits')
                if data__visits_len > 64:
                    raise SchemaError('' + (name_prefix or 'data') + '.visits must contain less than or equal to 64 items', name='' + (name_prefix or 'data') + '.visits')
        if data_keys:
            raise SchemaError('' + (name_prefix or 'data') + ' must not contain ' + str(data_keys) + ' properties', name='' + (name_prefix or 'data') + '')
    return data
