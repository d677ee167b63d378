-- people/: the teams that an invitation's roles name, for lists of those who see single teams. An
-- open one of several teams from before stands in the lists of the organization only, until it runs
-- out (72 hours).
CREATE TABLE invitation_teams (
    invitation_id TEXT NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    team_id       TEXT NOT NULL,           -- '' : a role of the organization
    PRIMARY KEY (team_id, invitation_id)
);
CREATE INDEX invitation_teams_invitation ON invitation_teams (invitation_id);
INSERT INTO invitation_teams (invitation_id, team_id)
    SELECT id, team_id FROM invitations WHERE team_id <> '';
