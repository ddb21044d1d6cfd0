"""What OHIF is told before it starts: where the images are, and what of it is not wanted here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from service.domain.hospital import Hospital

NAMESPACE: Final = "@ohif/extension-default.dataSourcesModule.dicomweb"
RESEARCH_NOTE_DAYS: Final = 30
"""So often a browser is shown OHIF's own note that it is for investigational use."""
_SCRIPT: Final = """window.PUBLIC_URL = "/";
window.browserImportFunction = (name) => import(name);
window.config = %s;
window.config.httpErrorHandler = () => window.dispatchEvent(new Event("centre-refused"));
"""


def script(hospitals: Sequence[Hospital], dicomweb_root: str) -> str:
    """The text of `app-config.js` for somebody who sees these hospitals. dicomweb_root: with `{hospital}` in it.

    One data source a hospital, named by its id: `/viewer/ID?StudyInstanceUIDs=…` opens a study of that hospital.
    """
    configuration: dict[str, object] = {
        "name": "consilium",
        "routerBasename": None,
        "extensions": [],
        "modes": [],
        # The tour hides the image in every browser that was never here.
        "customizationService": {"ohif.tours": {"$set": []}},
        "showStudyList": False,
        "maxNumberOfWebWorkers": 2,
        "showWarningMessageForCrossOrigin": False,
        "showCPUFallbackMessage": True,
        "showLoadingIndicator": True,
        "strictZSpacingForVolumeViewport": True,
        "investigationalUseDialog": {"option": "configure", "days": RESEARCH_NOTE_DAYS},
        "showErrorDetails": "production",
        "maxNumRequests": {"interaction": 100, "thumbnail": 5, "prefetch": 25},
        "defaultDataSourceName": hospitals[0].id if hospitals else None,
        "dataSources": [_source(each, dicomweb_root.format(hospital=each.id)) for each in hospitals],
    }
    return _SCRIPT % json.dumps(configuration)


def _source(hospital: Hospital, root: str) -> dict[str, object]:
    return {
        "namespace": NAMESPACE,
        "sourceName": hospital.id,
        "configuration": {
            "friendlyName": hospital.name,
            "name": hospital.id,
            "qidoRoot": root,
            "wadoRoot": root,
            "wadoUriRoot": root,
            "qidoSupportsIncludeField": True,
            "imageRendering": "wadors",
            "thumbnailRendering": "wadors",
            "enableStudyLazyLoad": True,
            "supportsFuzzyMatching": False,
            "supportsWildcard": True,
            "bulkDataURI": {"enabled": True},
        },
    }
