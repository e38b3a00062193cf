"""The original, written as plainly as its README describes it: what the bench compares with.

Flask, Flask-RESTful, Flask-SQLAlchemy; headers and body as jsonb, a GIN index on each.
"""
# Its packages are in a virtual environment of their own, which mypy does not see.
# mypy: ignore-errors
# ruff: noqa: INP001, D101, D102 - the program of a folder, its resources named by the README

import hashlib
import json
import os

from flask import Flask, request
from flask_restful import Api, Resource
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import JSONB

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app)
api = Api(app)


class Incident(db.Model):
    __tablename__ = "incidents"
    __table_args__ = (
        db.Index("incidents_headers_idx", "headers", postgresql_using="gin"),
        db.Index("incidents_body_idx", "body", postgresql_using="gin"),
    )

    id = db.Column(db.Integer, primary_key=True)
    hash = db.Column(db.String, nullable=False)
    headers = db.Column(JSONB, nullable=False)
    body = db.Column(JSONB, nullable=False)

    def to_dict(self) -> dict:
        return {"id": self.id, "hash": self.hash, "body": self.body, "headers": self.headers}


class Problems(Resource):
    def post(self) -> dict:
        headers, body = dict(request.headers), request.get_json()
        whole = json.dumps({"1": headers, "2": body}, sort_keys=True)
        hash_ = hashlib.sha256(whole.encode()).hexdigest()
        db.session.add(Incident(hash=hash_, headers=headers, body=body))
        db.session.commit()
        return {"hash": hash_}


class Find(Resource):
    def post(self) -> dict:
        found = Incident.query
        for key, value in request.get_json().items():
            entry = {key: value}
            found = found.filter(
                or_(Incident.headers.contains(entry), Incident.body.contains(entry))
            )
        return {"incidents": [incident.to_dict() for incident in found]}

    def get(self) -> dict:
        found = Incident.query.filter_by(hash=request.args["h"])
        return {"incidents": [incident.to_dict() for incident in found]}


api.add_resource(Problems, "/problems")
api.add_resource(Find, "/find")


@app.cli.command("create")
def create() -> None:
    """Makes the table."""
    db.create_all()
