class Accounts < ActiveRecord::Migration[6.1]
  def change
    create_table :accounts do |table|
      table.string :name, null: false
      table.string :email
      table.timestamps default: -> { 'now()' }
    end
    reversible do |direction|
      direction.up { execute "INSERT INTO accounts (name, email) VALUES ('Ada', 'ada.one@example.com'), ('Bo', 'bo.two@example.com')" }
    end
  end
end
